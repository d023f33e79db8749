"""The arithmetic of grades and pay: plain values in, plain values out, no database.

``scheme`` reads a pay scheme, ``grading`` finds a grade and says why, ``insurance`` and ``tax`` are the two
deductions, ``slip`` puts a month together. Money is ``Decimal`` in yuan, rounded half up to the fen item by item.
"""
