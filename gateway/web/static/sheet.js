// A closed shift: the one thing that it does is print.
"use strict";
document.getElementById("print").addEventListener("click", () => print());
