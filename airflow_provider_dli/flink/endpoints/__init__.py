"""Every operation of Flink's REST API as a function: arguments in, a request out; answers as typed values.

A module holds what stands below one path. Times are milliseconds since the epoch, as Flink tells them; -1 stands for a
time that has not come.
"""
