"""The Neovim settings from docs/guides/editors.md, in a real headless Neovim."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import ROOT
from tests.lsp.editor import COMMAND

DOCS = ROOT / "docs/guides/editors.md"
NEOVIM = shutil.which("nvim")

# Sends a user's requests through Neovim's own client, and writes the responses to a file.
DRIVE = """
local answers = {}
vim.o.virtualedit = "onemore"
vim.wait(30000, function() return #vim.diagnostic.get(0) > 0 end, 20)
for _, found in ipairs(vim.diagnostic.get(0)) do table.insert(answers, found.code .. " " .. found.message) end

local function ask(method, line, column)
  vim.api.nvim_win_set_cursor(0, { line, column })
  local client = vim.lsp.get_clients({ bufnr = 0 })[1]
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 30000)) do return answer.result end
end
table.insert(answers, ask("textDocument/hover", 1, 1).contents.value)
table.insert(answers, ask("textDocument/definition", 4, 12).uri)
table.insert(answers, ask("textDocument/completion", 5, 10).items[1].label)

vim.api.nvim_win_set_cursor(0, { 3, 2 })
vim.lsp.buf.code_action({ apply = true, context = { only = { "quickfix" }, diagnostics = {} } })
local function line() return vim.api.nvim_buf_get_lines(0, 2, 3, false)[1] end
vim.wait(30000, function() return line() ~= "provdier: k3s" end, 20)
table.insert(answers, line())
table.insert(answers, vim.bo.filetype)
vim.fn.writefile({ vim.json.encode(answers) }, "answers.json")
vim.cmd("qa!")
"""


@pytest.mark.skipif(NEOVIM is None, reason="nvim is not installed on this machine")
@pytest.mark.parametrize("name", ["Kairosfile", "Kairosfile.rpi4", "edge.kairosfile.yaml"])
def test_the_settings_of_the_docs_bring_the_server_to_neovim(tmp_path: Path, name: str) -> None:
    (content,) = re.findall(r"```lua\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (tmp_path / "init.lua").write_text(content)
    (tmp_path / "drive.lua").write_text(DRIVE)
    (tmp_path / "common.yaml").write_text("model: rpi4\n")
    (tmp_path / name).write_text("base: debian:13\nversion: v1.0.0\nprovdier: k3s\nextends: common.yaml\nvariant: \n")
    environment = {**os.environ, "PATH": f"{Path(COMMAND).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    command = ["nvim", "--headless", "--clean", "-u", "init.lua", name, "-S", "drive.lua", "+cquit"]

    done = subprocess.run(
        command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=90, check=False
    )

    assert (tmp_path / "answers.json").exists(), done.stderr
    diagnostic, *others, data, defined, word, line, language = json.loads((tmp_path / "answers.json").read_text())
    assert diagnostic == 'KF004 unknown key "provdier"; did you mean "provider"?'
    assert data.startswith("**base**")
    assert defined == (tmp_path / "common.yaml").as_uri()
    assert (word, line, language) == ("core", "provider: k3s", "yaml.kairosfile")
    assert all(text.startswith("KF") for text in others)
