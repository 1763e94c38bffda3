"""Departments (部门): finding plugins, refusing what is broken, joining policies, facts, rules and forms."""
