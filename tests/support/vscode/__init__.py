"""Visual Studio Code with the extension of `editors/vscode`, for tests and for the picture of the docs.

    with code_server(folder, home, package(home)) as address, chromium() as browser:
        window = Window.open(browser, address)
        window.show("Kairosfile")
        window.problems()

Microsoft's builds of the editor are out of reach of the test machines. code-server is Visual Studio Code in a browser,
and comes from npm, like the Node.js that it needs.
"""

from tests.support.vscode.extension import copied, package
from tests.support.vscode.server import code_server, is_possible, terminal_module
from tests.support.vscode.window import Window

__all__ = ["Window", "code_server", "copied", "is_possible", "package", "terminal_module"]
