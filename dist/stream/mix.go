package stream

// Mix spreads the bits of a number over all 64, one to one: the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
// It decides in a few nanoseconds, the same in every run, where a separate stream would be too slow.
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
