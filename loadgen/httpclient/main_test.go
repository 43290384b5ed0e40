package httpclient_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(targetVariable) != "" {
		serveBenchmarks()
		return
	}
	goleak.VerifyTestMain(m)
}
