"""Validation: what the customers of each segment did after the day that they were segmented on."""
