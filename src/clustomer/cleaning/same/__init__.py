"""The same customer under two ids: found by what describes a person, proposed, merged on request.

Pairs that share something telling are compared field by field, and weighed after Fellegi and Sunter
(1969), "A theory for record linkage": how much likelier is this agreement between two records of
one person than between two of different persons.
"""
