package datadog

import (
	"os"
	"strings"

	"github.com/gensim/load-generator/internal/input"
)

// getenv is a variable without the blanks and line breaks that files of secrets
// and .env files put around it.
func getenv(name string) string { return input.Trim(os.Getenv(name)) }

// tidyVariables cuts those in the environment itself, since Datadog's libraries
// read it on their own, and many more variables than this package knows.
func tidyVariables() {
	for _, entry := range os.Environ() {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "DD_") && !strings.HasPrefix(name, "OTEL_") {
			continue
		}
		if tidy := input.Trim(text); tidy != text {
			_ = os.Setenv(name, tidy) // it fails for names and values that no environment holds
		}
	}
}
