// Package exact holds the functions and draws that samples are made of, with the
// same result to the last bit on every platform.
//
// Those of package math are not: some processors have their own assembly for
// Exp and Log, and the compiler fuses a product and a sum into one instruction,
// which rounds once instead of twice, where the processor has one (arm64,
// riscv64, ppc64, s390x, amd64 from GOAMD64=v3 on). A sample then lands on the
// neighbouring nanosecond or, worse, is rejected where another machine accepts
// it, and from there on all later samples of the stream differ.
//
// Here every product that a sum follows is rounded by an explicit conversion,
// which forbids fusing, and what must be fused says so by [math.FMA]. The results
// are those of package math and math/rand/v2 on an amd64 processor with FMA, on
// which the golden values were taken. LICENSE names where the formulas come from.
package exact
