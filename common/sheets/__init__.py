"""Reading tables that people upload: xlsx, xls, ods and CSV, as rows of plain values.

``open_table(path)`` looks at the content, never at the name. Every fault of a file is an
:class:`UnreadableFile` with a sentence; nothing else comes out. Workbooks are read by a process of
their own with limits on memory and time, so that a hostile file cannot take the worker with it.
"""

from common.sheets.kinds import UnreadableFile, kind_of
from common.sheets.table import MOST_ROWS, Row, Table, open_table

__all__ = ["MOST_ROWS", "Row", "Table", "UnreadableFile", "kind_of", "open_table"]
