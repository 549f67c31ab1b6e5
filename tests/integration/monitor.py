"""monitor.py - a QEMU whose monitor is on its standard input and output."""
import subprocess
import time


class Machine:
    """Started with these arguments; ended, whatever happens, by `with`."""

    def __init__(self, args):
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", *args, "-monitor", "stdio"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        self.answer()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def answer(self):
        """Everything up to the next prompt."""
        text = b""
        while not text.endswith(b"(qemu) "):
            byte = self.process.stdout.read(1)
            if not byte:
                raise SystemExit(f"QEMU has ended: {text!r}")
            text += byte
        return text.decode(errors="replace")

    def send(self, command):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, command):
        self.send(command)
        return self.answer()

    def wait(self):
        """Until the machine has switched itself off."""
        self.process.stdout.read()
        return self.process.wait()


def until(condition, what):
    """Poll it; the caller's own bound on time ends what never becomes true."""
    end = time.monotonic() + 90
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"not within 90 seconds: {what}")
        time.sleep(0.05)
