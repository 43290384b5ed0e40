package timing

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSaidIsNewsWhereConnectionsTakeTime(t *testing.T) {
	for _, x := range []struct {
		figures []Figure
		said    string
		notable bool
	}{
		{nil, "", false},
		{[]Figure{{Part: Waiting, Mean: 9}, {Part: Receiving, Mean: 1}}, "Of the response times 90 % was waiting for the target and 10 % receiving answers.", false},
		{[]Figure{{Part: Late, Mean: 50}, {Part: TLS, Mean: 4}, {Part: Waiting, Mean: 46}},
			"Of the response times 50 % was late starts, 46 % waiting for the target and 4 % TLS handshakes.", false},
		{[]Figure{{Part: Blocked, Mean: 150}, {Part: Connecting, Mean: .1}, {Part: Waiting, Mean: 50}},
			"Of the response times 75 % was waiting for a free connection and 25 % waiting for the target.", true},
	} {
		assert.Equal(t, x.said, Said(x.figures))
		assert.Equal(t, x.notable, Notable(x.figures), x.said)
	}
}
