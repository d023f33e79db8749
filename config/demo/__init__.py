"""Demo data: one lively district with invented people, deterministic for a seed and a moment.

Streets and communities are real (official codes); residential quarters, people, telephone numbers
and every sentence are invented. Telephone numbers come from 1380000xxxx and 199000xxxxx, ranges in
which no subscriber was assigned; names are drawn from a short list of textbook names.
"""
