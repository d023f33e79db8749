"""Who may do what with runs, leave and grades; each answer is a decision with a sentence."""
