namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>
/// Arithmetic on the float32 values of a register. On the same processor, all implementations give the same bits: each operation rounds once,
/// and <see cref="Min"/> and <see cref="Max"/> are the processor's instructions.
/// </summary>
/// <remarks>
/// On x64, minimum and maximum return the second value if both are zero or one is NaN. On Arm64, -0 is less than +0 and every NaN propagates. Results
/// can therefore differ between the two, but only in signs of zeros and payloads of NaNs.
/// </remarks>
/// <typeparam name="TVector">Type of a register.</typeparam>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Number of values in a register.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(float* from);

    static abstract void Store(TVector values, float* to);

    static abstract TVector All(float value);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    static abstract TVector Divide(TVector left, TVector right);

    /// <summary><c>left * right + addend</c>, rounded once.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>Minimum; NaN if the second value is. The results for -0 and +0, and if only the first value is NaN, depend on the processor.</summary>
    static abstract TVector Min(TVector left, TVector right);

    /// <summary>Maximum, with the same exceptions as <see cref="Min"/>.</summary>
    static abstract TVector Max(TVector left, TVector right);

    /// <summary>Returns <paramref name="values"/> with NaN where <paramref name="a"/> or <paramref name="b"/> is NaN.</summary>
    static abstract TVector NaNWhere(TVector values, TVector a, TVector b);

    static abstract bool AnyNaN(TVector values);
}
