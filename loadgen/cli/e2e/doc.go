// Package e2e has the end-to-end tests of the command. They build examples/todo
// and use it as people do: by its flags, variables, signals, files and page. It
// has no code of its own, and is skipped by go test -short.
package e2e
