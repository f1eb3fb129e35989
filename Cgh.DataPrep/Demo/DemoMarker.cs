using Cgh.Core.Experiments;

namespace Cgh.DataPrep.Demo;

/// <summary><c>demo.json</c> in a folder of demonstration images: what they are.</summary>
internal sealed record DemoMarker
{
    public const string FileName = "demo.json";

    public required DemoImages Images { get; init; }

    public required DemoLook Look { get; init; }
}
