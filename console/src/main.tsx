import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/overview.css";
import "./style/tables.css";
import "./style/topics.css";
import "./style/lists.css";
import "./style/profiles.css";

import { render } from "preact";
import { Door } from "./door";
import { access, signInAgain } from "./hub/key";
import { listenToKeys } from "./keyboard";
import { Shell } from "./shell";
import "./theme";

function Console() {
  return access.value ? <Shell /> : <Door />;
}

const place = document.getElementById("console");
if (place) render(<Console />, place);
listenToKeys();
void signInAgain();
