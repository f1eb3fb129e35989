namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>An update step that treats every coordinate independently.</summary>
internal interface IUpdate
{
    /// <summary>Updates a register of coordinates starting at <paramref name="at"/> and returns their new weights.</summary>
    TVector Step<TLanes, TVector>(long at)
        where TLanes : ILanes<TVector>
        where TVector : struct;
}

/// <summary>A compile-time condition, which costs nothing in the loop over the coordinates.</summary>
internal interface IChoice
{
    static abstract bool Holds { get; }
}

internal readonly struct Yes : IChoice
{
    public static bool Holds => true;
}

internal readonly struct No : IChoice
{
    public static bool Holds => false;
}
