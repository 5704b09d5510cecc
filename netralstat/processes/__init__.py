"""Further processes of netralstat: a program of its own, or a copy of this one."""
