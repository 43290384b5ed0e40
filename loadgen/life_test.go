package loadgen

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ways are the transitions that the doc comment of life lists, by stage and method.
func ways(t *testing.T) map[[2]string]string {
	t.Helper()
	text, err := os.ReadFile("life.go")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(text), "//\tstage    method  next     when\n")
	require.True(t, ok)
	next := map[[2]string]string{}
	for _, row := range regexp.MustCompile(`(?m)^//\t(\w+) +(\w+) +(\w+) +\w`).FindAllStringSubmatch(table, -1) {
		next[[2]string{row[1], row[2]}] = row[3]
	}
	return next
}

// TestLifeKeepsToItsTable: every method in every stage does what the table says, or panics
// where it has no row, and users are counted while they are busy or idle and at no other time.
func TestLifeKeepsToItsTable(t *testing.T) {
	stages := map[string]stage{"absent": absent, "busy": busy, "idle": idle, "leaving": leaving, "gone": gone}
	methods := map[string]func(*user){
		"join": (*user).join, "act": (*user).act, "rest": (*user).rest, "depart": (*user).depart, "leave": (*user).leave, "end": (*user).end,
	}
	table := ways(t)
	require.Len(t, table, 12)
	for _, kind := range []userKind{resident, session, guest} {
		for from, before := range stages {
			for name, method := range methods {
				r := &run{}
				u := &user{shard: &shard{run: r}, kind: kind}
				u.life.stage.Store(uint32(before))
				if before&present != 0 {
					r.users.Store(1)
					r.on.Store(1)
					u.life.on = true
				}
				if kind != resident && before&present != 0 {
					r.inFlight.Store(1)
				}
				next, ok := table[[2]string{from, name}]
				if !ok {
					assert.Panics(t, func() { method(u) }, "%s: %s", from, name)
					assert.True(t, u.is(before), "%s: %s", from, name)
					continue
				}
				method(u)
				assert.True(t, u.is(stages[next]), "%s: %s", from, name)
				isPresent := u.is(present)
				assert.Equal(t, isPresent, r.users.Load() == 1, "%s: %s", from, name)
				assert.Equal(t, isPresent && before&present != 0, r.on.Load() == 1, "%s: %s", from, name)
				if kind != resident && before&present != 0 {
					assert.Equal(t, isPresent, r.inFlight.Load() == 1, "%s: %s", from, name)
				}
			}
		}
	}
}

// TestAnIdleUserIsSmall: a million users are the promise of docs/performance.md.
func TestAnIdleUserIsSmall(t *testing.T) {
	const class = 208 // of sizes that Go allocates; the one below is 192
	assert.LessOrEqual(t, unsafe.Sizeof(user{}), uintptr(class))
	assert.EqualValues(t, 32, unsafe.Sizeof(event{}))
}
