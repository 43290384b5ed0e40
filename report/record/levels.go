package record

import (
	"slices"
	"sync"
)

// levels keeps the numbers of users by second.
type levels struct {
	mu     sync.Mutex
	rows   []level        // of this process
	taken  int            // how many of them have been taken
	others []level        // of the processes merged, together
	of     map[int]*noted // by number of the process
}

// level is one second's users.
type level struct{ planned, users, on int32 }

// noted is how far a process has noted its level; it repeats the last one.
type noted struct {
	seconds int
	last    level
}

// maxLevels bounds the seconds kept: a year.
const maxLevels = 366 * 24 * 3600

// Level notes the planned users, the users running and those of them in an ON period, for the
// second of the run that begins at offset second. Seconds left out repeat the one before. Of several
// processes whose figures are merged, users add up, and the highest plan counts.
func (r *Recorder) Level(second, planned, users, on int) {
	l := &r.levels
	l.mu.Lock()
	defer l.mu.Unlock()
	if second < 0 || second >= maxLevels {
		return
	}
	l.rows = lengthen(l.rows, second+1)
	l.rows[second] = level{int32(planned), int32(users), int32(on)}
}

// lengthen repeats the last row until there are rows of some seconds.
func lengthen(rows []level, seconds int) []level {
	for len(rows) < seconds {
		rows = append(rows, levelAt(rows, -1))
	}
	return rows
}

// levelAt returns the level of a second: the last one noted outside the rows.
func levelAt(rows []level, second int) level {
	switch {
	case len(rows) == 0:
		return level{}
	case second < 0 || second >= len(rows):
		return rows[len(rows)-1]
	}
	return rows[second]
}

// with returns the level of v and o together.
func (v level) with(o level) level {
	return level{max(v.planned, o.planned), v.users + o.users, v.on + o.on}
}

// now returns the level noted last.
func (l *levels) now() level {
	l.mu.Lock()
	defer l.mu.Unlock()
	return levelAt(l.rows, -1).with(levelAt(l.others, -1))
}

// mean returns the mean level, rounded, of the seconds from..from+width-1.
func (l *levels) mean(from, width int) (planned, users, on int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := from; s < from+width; s++ {
		v := levelAt(l.rows, s).with(levelAt(l.others, s))
		planned, users, on = planned+int(v.planned), users+int(v.users), on+int(v.on)
	}
	half := width / 2
	return (planned + half) / width, (users + half) / width, (on + half) / width
}

// merge adds the levels that a process has noted from a second on. What it has noted before stays.
func (l *levels) merge(process, first int, rows []level) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, end, known := l.process(process), first+len(rows), len(l.others)
	if end <= p.seconds {
		return
	}
	l.others = lengthen(l.others, end)
	for s := p.seconds; s < len(l.others); s++ {
		v, sum := p.last, &l.others[s]
		if s >= first {
			v = levelAt(rows, s-first)
		}
		sum.users += v.users - p.last.users
		sum.on += v.on - p.last.on
		switch {
		case s < first || s >= end: // repeated
		case s < known:
			sum.planned = max(sum.planned, v.planned)
		default:
			sum.planned = v.planned
		}
	}
	p.seconds, p.last = end, levelAt(rows, -1)
}

// Leave notes that the users of a process of which figures have been merged are gone, from the last second on of which it
// noted its level, until another Delta of it comes.
func (r *Recorder) Leave(from int) { r.levels.leave(from) }

// leave drops the users of a process from the seconds that it has not noted.
func (l *levels) leave(number int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.process(number)
	l.others = slices.Clone(lengthen(l.others, p.seconds+1)) // one more, as the last one is repeated
	for s := p.seconds; s < len(l.others); s++ {
		l.others[s].users -= p.last.users
		l.others[s].on -= p.last.on
	}
	p.last.users, p.last.on = 0, 0
}

// process returns how far a process is. The caller holds the lock.
func (l *levels) process(number int) *noted {
	if l.of == nil {
		l.of = make(map[int]*noted)
	}
	if l.of[number] == nil {
		l.of[number] = new(noted)
	}
	return l.of[number]
}

// mergeAll adds the levels of several processes together. Both last as long as the longer one.
func (l *levels) mergeAll(rows []level, of []member) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.others = lengthen(l.others, len(rows))
	for s := range l.others {
		l.others[s] = l.others[s].with(levelAt(rows, s))
	}
	for i := range of {
		*l.process(of[i].number) = of[i].noted
	}
}
