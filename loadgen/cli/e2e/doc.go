// Package e2e has the end-to-end tests of the command. They build examples/todo
// and use it as people do: by its flags, variables, signals, files and page. It
// holds nothing but tests, and go test -short skips them.
package e2e
