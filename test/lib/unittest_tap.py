"""Runs a file of unittest cases and prints TAP."""
import importlib.util
import os
import sys
import unittest

sys.dont_write_bytecode = True


class Tap(unittest.TestResult):
    count = 0

    def line(self, test, ok, remark=""):
        Tap.count += 1
        print("%s %d - %s%s" % ("ok" if ok else "not ok", Tap.count, test.id(), remark), flush=True)

    def bad(self, test, error):
        self.line(test, False)
        for line in self._exc_info_to_string(error, test).splitlines():
            print("# " + line)

    def addSuccess(self, test):
        self.line(test, True)

    def addSkip(self, test, reason):
        self.line(test, True, " # SKIP " + reason)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.bad(test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self.bad(test, error)


path = os.path.abspath(sys.argv[1])
sys.path.insert(0, os.path.dirname(path))
spec = importlib.util.spec_from_file_location("tests", path)
module = importlib.util.module_from_spec(spec)
sys.modules["tests"] = module
spec.loader.exec_module(module)
result = Tap()
unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
print("1..%d" % Tap.count)
sys.exit(0 if result.wasSuccessful() else 1)
