namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>
/// Arithmetic on as many float32 values as a register holds. On one processor every implementation gives the same bits: each
/// operation rounds once, and <see cref="Min"/> and <see cref="Max"/> are the processor's own.
/// </summary>
/// <remarks>
/// x64 takes the second value where both are zeros or one is NaN, with vector instructions and without. Arm64 takes -0 for the smaller zero and passes
/// every NaN on. So results of the two may differ in the sign of a zero and in a NaN's payload, and in nothing else.
/// </remarks>
/// <typeparam name="TVector">The values.</typeparam>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Values in a register.</summary>
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

    /// <summary>The smaller one, and NaN where the second is; which of -0 and +0, and what where the first is NaN, is the processor's choice.</summary>
    static abstract TVector Min(TVector left, TVector right);

    /// <summary>The larger one, likewise.</summary>
    static abstract TVector Max(TVector left, TVector right);

    /// <summary><paramref name="values"/>, and NaN where either of the two is.</summary>
    static abstract TVector NaNWhere(TVector values, TVector a, TVector b);

    static abstract bool AnyNaN(TVector values);
}
