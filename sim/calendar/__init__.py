"""The certificate calendar: which certificate breaks which calls on which day, and what a policy costs."""
