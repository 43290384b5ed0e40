package record

import "sync"

// levels keeps the numbers of users by second.
type levels struct {
	mu   sync.Mutex
	rows []level
}

// level is one second's users.
type level struct{ planned, users, on int32 }

// maxLevels bounds the seconds kept: a year.
const maxLevels = 366 * 24 * 3600

// Level notes the planned users, the users running and those of them in an ON period, for the
// second of the run that begins at offset second. Seconds left out repeat the one before.
func (r *Recorder) Level(second, planned, users, on int) {
	l := &r.levels
	l.mu.Lock()
	defer l.mu.Unlock()
	if second < 0 || second >= maxLevels {
		return
	}
	for len(l.rows) <= second {
		l.rows = append(l.rows, l.last())
	}
	l.rows[second] = level{int32(planned), int32(users), int32(on)}
}

// last returns the level noted last. The caller holds the lock.
func (l *levels) last() level {
	if len(l.rows) == 0 {
		return level{}
	}
	return l.rows[len(l.rows)-1]
}

// now returns the level noted last.
func (l *levels) now() level {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last()
}

// mean returns the mean level, rounded, of the seconds from..from+width-1.
func (l *levels) mean(from, width int) (planned, users, on int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := from; s < from+width; s++ {
		v := l.last()
		if s >= 0 && s < len(l.rows) {
			v = l.rows[s]
		}
		planned, users, on = planned+int(v.planned), users+int(v.users), on+int(v.on)
	}
	half := width / 2
	return (planned + half) / width, (users + half) / width, (on + half) / width
}
