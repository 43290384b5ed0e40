package cluster

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
)

// kinds are the messages, with values that some process sends.
func kinds() []checked {
	return []checked{
		&hello{Protocol: 1, ID: "a", Nonce: "n", Program: "p"},
		&welcome{Coordinator: "c", OrphanNS: 1, IntervalNS: 1},
		&welcome{Refused: "why"},
		&beat{Nonce: "n", Coordinator: "c", Run: "r", Users: 3},
		&pulse{Known: true, Command: 4},
		&order{Kind: toPrepare, Run: "r", Request: &loadgen.StartRequest{Users: 3, SpawnRate: 1.5, RunTime: time.Minute}, Index: 1, Of: 2},
		&readiness{Plan: "p", Phases: []report.PhaseInfo{{Name: "a", Predicted: &report.Load{Rate: 1}}}},
		&command{Run: "r", Number: 1, Kind: toReassign, Lost: []int{1}},
		&missed{Run: "r"},
		&list{Commands: []command{{Run: "r", Number: 1, Kind: toStop}}},
		&receipt{Have: 3, Kept: 2, Parts: 2},
		&excerpt{Nonce: "n", Before: 3, Dropped: 1, Lines: []string{"a"}},
		&zeroTime{Run: "r", Nonce: "n", AtNS: -3},
		&agreed{Is: true, AtNS: -5},
		&instants{Got: 1, Sent: 2},
		&row{Run: "r", Nonce: "n", Seq: 1, Parts: 1, Lag: report.LagOf(nil)},
	}
}

func fresh(v checked) checked { return reflect.New(reflect.TypeOf(v).Elem()).Interface().(checked) }

// TestMessagesComeBack: what is encoded is decoded to the same.
func TestMessagesComeBack(t *testing.T) {
	for _, v := range kinds() {
		back := fresh(v)
		require.NoError(t, decode(encode(v), back), "%T", v)
		assert.Equal(t, v, back)
	}
}

// TestStrictMessages: unknown fields, more than one value and values out of range are refused.
func TestStrictMessages(t *testing.T) {
	for text, into := range map[string]checked{
		`{"known":true,"more":1}`:                                     &pulse{},
		`{"known":true}{}`:                                            &pulse{},
		`{"command":-1}`:                                              &pulse{},
		`{"id":"a.b","nonce":"n"}`:                                    &hello{},
		`{"id":"a","nonce":"*"}`:                                      &hello{},
		`{"kind":"prepare","run":"r"}`:                                &order{},
		`{"kind":"prepare","run":"r","request":{"Users":-1}}`:         &order{},
		`{"kind":"arm"}`:                                              &order{},
		`{"kind":"jump","run":"r"}`:                                   &order{},
		`{"kind":"arm","run":"r","index":2,"of":2}`:                   &order{},
		`{"run":"r","number":1,"kind":"scale","at":-1}`:               &command{},
		`{"run":"r","number":1,"kind":"reassign","at":1,"lost":[-1]}`: &command{},
		`{"commands":[{"run":"r","number":0,"kind":"stop","at":1}]}`:  &list{},
		`{"have":1,"kept":2}`:                                         &receipt{},
		`{"nonce":"n","before":-1}`:                                   &excerpt{},
		`{"run":"r"}`:                                                 &zeroTime{},
		`{"coordinator":"c","orphan":0,"interval":1}`:                 &welcome{},
		`{"got":2,"sent":1}`:                                          &instants{},
	} {
		assert.Error(t, decode([]byte(text), into), text)
	}
	assert.Error(t, decode(make([]byte, maxControl+1), &pulse{}))
}

// TestRows: a part of a row comes back as it was.
func TestRows(t *testing.T) {
	h := row{Run: "r", Nonce: "n", Seq: 7, Part: 1, Parts: 2, Lag: report.LagOf(nil)}
	back, figures, err := parseRow(appendRow(nil, &h, []byte("figures")))
	require.NoError(t, err)
	assert.Equal(t, h, back)
	assert.Equal(t, "figures", string(figures))
	for _, bad := range [][]byte{nil, {1}, {0, 0, 0, 9, 1}, {255, 255, 255, 255, 1}, appendRow(nil, &h, make([]byte, maxChunk+1)), appendRow(nil, &row{}, nil)} {
		_, _, err := parseRow(bad)
		assert.Error(t, err)
	}
}

// FuzzMessage: nothing that comes over the bus is a panic, and what is taken is sent on as it was.
func FuzzMessage(f *testing.F) {
	for i, v := range kinds() {
		f.Add(byte(i), encode(v))
	}
	f.Add(byte(255), appendRow(nil, &row{Run: "r", Nonce: "n", Seq: 7, Parts: 1, Lag: report.LagOf(nil)}, []byte("x")))
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		if r, _, err := parseRow(data); err == nil {
			require.NoError(t, r.check())
		}
		all := kinds()
		v := fresh(all[int(kind)%len(all)])
		if decode(data, v) != nil {
			return
		}
		again := fresh(v)
		text, err := json.Marshal(v)
		require.NoError(t, err)
		require.NoError(t, decode(text, again))
		assert.Equal(t, v, again)
	})
}
