"""Intake: from raw tables to one row of features per customer."""
