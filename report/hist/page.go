package hist

const (
	pageBits = 6
	pageSize = 1 << pageBits
)

// page holds the counts of 64 neighbouring buckets: low + high<<16. Few buckets ever need the high part.
type page struct {
	low  [pageSize]uint16
	high *[pageSize]uint64
	sum  uint64
}

// count returns the count of a bucket of the page.
func (p *page) count(i int) uint64 {
	if p.high == nil {
		return uint64(p.low[i])
	}
	return p.high[i]<<16 + uint64(p.low[i])
}

// add adds n to a bucket of the page.
func (p *page) add(i int, n uint64) {
	p.sum += n
	n += uint64(p.low[i])
	p.low[i] = uint16(n)
	if n >= 1<<16 {
		p.carry(i, n>>16)
	}
}

// carry keeps what the low part of a bucket cannot hold.
func (p *page) carry(i int, n uint64) {
	if p.high == nil {
		p.high = new([pageSize]uint64)
	}
	p.high[i] += n
}

// merge adds the counts of another page. Carries are rare, so they are looked for afterwards.
func (p *page) merge(from *page) {
	p.sum += from.sum
	sums := uint32(0)
	for i, n := range from.low {
		sum := uint32(p.low[i]) + uint32(n)
		p.low[i] = uint16(sum)
		sums |= sum
	}
	for i := 0; i < pageSize && (sums >= 1<<16 || from.high != nil); i++ {
		if p.low[i] < from.low[i] {
			p.carry(i, 1)
		}
		if from.high != nil && from.high[i] > 0 {
			p.carry(i, from.high[i])
		}
	}
}

// yield yields the buckets of the page that begins at a bucket; false if the caller has had enough.
func (p *page) yield(bucket int, yield func(Bucket) bool) bool {
	for i := range p.low {
		if n := p.count(i); n > 0 && !yield(Bucket{bucket + i, n}) {
			return false
		}
	}
	return true
}
