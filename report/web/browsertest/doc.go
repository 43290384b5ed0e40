// Package browsertest holds the tests of the page in a real browser. They need
// Debian's chromium, or the browser that CHROMIUM names, and run with
//
//	go test -tags browser ./report/web/browsertest
//
// Screenshots go to the folder that ARTIFACTS names, or to the test's own
// artifact folder (go test -artifacts).
package browsertest
