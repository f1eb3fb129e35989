namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>A step of a rule, coordinate by coordinate: no coordinate looks at another.</summary>
internal interface IUpdate
{
    /// <summary>Steps the coordinates from <paramref name="at"/> on that fill a register, and returns their new weights.</summary>
    TVector Step<TLanes, TVector>(long at)
        where TLanes : ILanes<TVector>
        where TVector : struct;
}

/// <summary>Something that is decided before the loop over the coordinates and costs nothing within it.</summary>
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
