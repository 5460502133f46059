"""What benchmarks share: interleaved timing, ratios against goals, memory of a session."""
import os
import statistics
import sys
import threading
import time

CPU_CLOCK = os.environ.get("ELT_BENCH_CLOCK") == "cpu"

_count = 0


def line(passed, text):
    """A TAP line: a goal that is missed counts as a failed test."""
    global _count
    _count += 1
    print("%s %d - %s" % ("ok" if passed else "not ok", _count, text))
    sys.stdout.flush()
    return passed


def plan():
    print("1..%d" % _count)


def ratio(times, what, ours, base, goal):
    """How much of the base's time ours takes: at most goal."""
    value = times[ours] / times[base]
    return line(value <= goal, "%s: %.2f, goal <= %g (%.0f ms, %.0f ms)" % (
        what, value, goal, times[ours], times[base]))


def faster(times, what, ours, base, goal):
    """How many times faster than the base ours is: at least goal."""
    value = times[base] / times[ours]
    return line(value >= goal, "%s: %.2f, goal >= %g (%.0f ms, %.0f ms)" % (
        what, value, goal, times[ours], times[base]))


def seconds_of(server, statement, *before):
    """Seconds of the processor and of the clock that a statement takes, in a session of its own."""
    session = server.session()
    for text in before:
        session.ask(text)
    ran, began = session.cpu(), time.perf_counter()
    session.ask(statement)
    elapsed = time.perf_counter() - began
    ran = session.cpu() - ran
    session.close()
    return ran, elapsed


def milliseconds_of(server, statement, *before):
    """Of the clock; with ELT_BENCH_CLOCK=cpu of the session's process, where a machine is busy."""
    ran, elapsed = seconds_of(server, statement, *before)
    return 1000 * (ran if CPU_CLOCK else elapsed)


def interleaved(server, ways, rounds, checkpoints=True):
    """Median milliseconds by name; ways: name -> (statements before, what is timed).

    A B C A B C ..., a checkpoint before each, the first round warms up. What is timed is a
    statement, or a function that returns milliseconds. Without checkpoints the first round
    writes the images of whole pages that the others need no more.
    """
    times = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, (prepare, timed) in ways.items():
            if prepare:
                server.sql(prepare)
            if checkpoints:
                server.sql("CHECKPOINT")
            milliseconds = timed() if callable(timed) else server.timed(timed)
            if turn > 0:
                times[name].append(milliseconds)
    return {name: statistics.median(values) for name, values in times.items()}


def _anonymous_kb(pid):
    with open("/proc/%d/smaps_rollup" % pid) as rollup:
        for entry in rollup:
            if entry.startswith("Anonymous:"):
                return int(entry.split()[1])
    return 0


def peak_mb(server, statement):
    """Anonymous memory above idle of the session that runs it, sampled every 10 ms."""
    session = server.session()
    pid = int(session.ask("SELECT pg_backend_pid()"))
    session.ask("SELECT count(*) FROM elt.pipelines")
    idle, peak, done = _anonymous_kb(pid), 0, threading.Event()

    def sample():
        nonlocal peak
        while not done.is_set():
            peak = max(peak, _anonymous_kb(pid))
            time.sleep(0.01)

    sampler = threading.Thread(target=sample)
    sampler.start()
    session.ask(statement)
    done.set()
    sampler.join()
    session.close()
    return (peak - idle) / 1024
