package httpclient

import (
	"context"
	"errors"
	"strconv"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
	"github.com/gensim/load-generator/report/measure"
)

// reasonFor returns the reason of Error's list for the error of an exchange; "" for nil.
// A context that was cancelled is the end of the run or the script's own
// doing, never the target's.
func reasonFor(ctx context.Context, err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(ctx.Err(), context.Canceled):
		return measure.CancelReason(ctx)
	}
	for _, own := range []error{errManyHops, errOtherHost, errBadLocation, errNoSlot} {
		if errors.Is(err, own) {
			return own.Error()
		}
	}
	return wire.Reason(err)
}

// statusReason also takes a status that HTTP does not have for a failure; "" is none.
func statusReason(status int) string {
	if 100 <= status && status < 400 {
		return ""
	}
	return "http " + strconv.Itoa(status)
}

// checkReason is the reason for the error of a check, "" for nil. An Error, as JSON
// returns it, has its own.
func checkReason(err error) string {
	if err == nil {
		return ""
	}
	if own, ok := err.(*Error); ok {
		return own.Reason
	}
	return "check: " + wire.OneLine(err.Error())
}
