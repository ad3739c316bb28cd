"""Operators: parameters become flows, results become XComs."""
