package cli

import (
	"context"
	"errors"
	"time"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// probeLimit is how long the check at the start waits for an answer.
const probeLimit = 2 * time.Second

// unreachable opens a connection the way the load goes, without sending anything,
// and returns why that fails; "" when it does not.
func unreachable(ctx context.Context, client *httpclient.Client) string {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	err := client.Reach(ctx)
	if failure, ok := errors.AsType[*httpclient.Error](err); ok {
		return failure.Reason
	}
	return ""
}
