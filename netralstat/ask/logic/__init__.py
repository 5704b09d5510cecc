"""Skip logic and constraints, evaluated over whole columns of answers.

Forms write them in XPath 1.0. The subset that forms use is read by precedence climbing into a list of steps
and computed once for every different answer; nothing is ever handed to `eval`. What lies outside the subset
is `NotEvaluated` with its reason: a rule which could not be checked is never mistaken for one that holds.
"""

from netralstat.ask.logic.evaluation import Coded, Evaluator, NotEvaluated, evaluate
from netralstat.ask.logic.program import references

__all__ = ["Coded", "Evaluator", "NotEvaluated", "evaluate", "references"]
