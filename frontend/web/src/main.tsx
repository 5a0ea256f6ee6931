import { render } from "preact";
import { App } from "./app";
import { start } from "./session";

void start(); // first: its requests run while the frame renders
render(<App />, document.getElementById("page")!);
