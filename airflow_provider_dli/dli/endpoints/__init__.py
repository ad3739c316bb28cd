"""The operations of DLI's REST API, a module for each kind of thing that they are about.

An operation is a function: arguments in, the parts of a request out. Its decorator holds method, path and how the
answer is read.
"""
