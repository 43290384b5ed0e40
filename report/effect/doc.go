// Package effect says what an intervention did.
package effect
