"""Questions about every possible request, answered exactly: a decision diagram over the classes of one or two tables.

A section tells values apart only by the classes of its columns, so all requests fall into finitely many *cells*, one
for each way to choose a cell of every variable. The diagram visits them all at once, since most choices lead to the same.
source: Gouda & Liu, "Structured firewall design", Computer Networks 51 (2007)
"""
