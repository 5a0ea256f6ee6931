import { render } from "preact";
import { App } from "./app";
import { start } from "./session";

void start(); // first: what it asks for comes while the frame is drawn
render(<App />, document.getElementById("page")!);
