namespace Cgh.Core.UpdateRules;

/// <summary>How the curves of a rule are drawn, on the dashboard and in the report.</summary>
/// <param name="Color">Of the first run; further runs of the rule are lighter (<see cref="Runs.RunColors"/>).</param>
/// <param name="Marker">Of the first, third, ... run of the rule in a report.</param>
/// <param name="OtherMarker">Of the second, fourth, ... run.</param>
public sealed record RuleLook(LineColor Color, LineMarker Marker, LineMarker OtherMarker)
{
    /// <summary>What a rule without a look of its own has: grey, with markers that no other rule has.</summary>
    public static RuleLook Default { get; } = new(new("#5d6570", "#b4bcc6"), LineMarker.Asterisk, LineMarker.HashTag);

    /// <summary>Width of the line in a report, in pixels. Wider lines are drawn first, so that they show on both sides of narrower ones.</summary>
    public float Width { get; init; } = 2.5f;
}

/// <summary>A colour in two versions, each <c>#rrggbb</c> with a contrast of at least 3 to its background.</summary>
/// <param name="OnLight">On white.</param>
/// <param name="OnDark">On the dark page's #212529.</param>
public sealed record LineColor(string OnLight, string OnDark);

/// <summary>The markers that a report can draw.</summary>
public enum LineMarker
{
    /// <summary>A disc.</summary>
    FilledCircle,

    /// <summary>A ring.</summary>
    OpenCircle,

    /// <summary>A filled square.</summary>
    FilledSquare,

    /// <summary>The outline of a square.</summary>
    OpenSquare,

    /// <summary>A filled triangle that points up.</summary>
    FilledTriangleUp,

    /// <summary>The outline of a triangle that points up.</summary>
    OpenTriangleUp,

    /// <summary>A filled triangle that points down.</summary>
    FilledTriangleDown,

    /// <summary>The outline of a triangle that points down.</summary>
    OpenTriangleDown,

    /// <summary>A filled diamond.</summary>
    FilledDiamond,

    /// <summary>The outline of a diamond.</summary>
    OpenDiamond,

    /// <summary>A plus sign.</summary>
    Cross,

    /// <summary>An x.</summary>
    Eks,

    /// <summary>A star of three strokes.</summary>
    Asterisk,

    /// <summary>Two pairs of crossing strokes.</summary>
    HashTag,

    /// <summary>A ring with a dot in it.</summary>
    OpenCircleWithDot,

    /// <summary>A ring with a plus sign in it.</summary>
    OpenCircleWithCross,

    /// <summary>A ring with an x in it.</summary>
    OpenCircleWithEks,
}
