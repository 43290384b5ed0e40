package measure

import "github.com/gensim/load-generator/report"

// get is the operation of tests that need one.
var get = report.Op{Method: "GET", Name: "/api/todos"}
