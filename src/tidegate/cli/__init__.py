"""The command line: thin commands over session, data and results.

`app` names the commands and loads each when it is called; `outcome` turns what they raise into messages and exit codes.
"""
