namespace Pure.Tuner;

/// <summary>How long an operator took.</summary>
/// <param name="Op">Operator.</param>
/// <param name="Direction">forward or backward.</param>
/// <param name="Shape">The sample.</param>
/// <param name="DType">Dtype of its activations.</param>
/// <param name="Backend">Where it ran.</param>
/// <param name="MedianUs">Median time in microseconds.</param>
/// <param name="Runs">How many were measured.</param>
/// <param name="GBPerSecond">Bytes that had to move by the median.</param>
/// <param name="GFlops">Arithmetic that had to be done by the median.</param>
/// <param name="ShareOfLimit">Of what the machine can do, in the unit that limits this operator; null when the limit is unknown. Above 1 where the operands stay in a cache.</param>
/// <param name="IsArithmetic">Whether arithmetic, not memory, is that unit.</param>
public sealed record OpMeasurement(string Op, string Direction, string Shape, DType DType, string Backend, double MedianUs, int Runs, double GBPerSecond, double GFlops, double? ShareOfLimit, bool IsArithmetic);
