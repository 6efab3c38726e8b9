"""Tables: sources, row accounts, quarantine, joins that cannot fan out."""
