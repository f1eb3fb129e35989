namespace Cgh.DataPrep.Sources.Archives;

/// <summary>A value of a MATLAB file: text, numbers, or an array of structures. Others are of this type itself.</summary>
internal record MatValue
{
    public sealed record Text(string Value) : MatValue;

    public sealed record Numbers(double[] Values) : MatValue;

    /// <summary>An array of structures, in MATLAB's order: each field's values, one for each structure.</summary>
    public sealed record Structures(IReadOnlyDictionary<string, MatValue[]> Fields) : MatValue;
}
