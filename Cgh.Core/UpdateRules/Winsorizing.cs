namespace Cgh.Core.UpdateRules;

/// <summary>
/// Where the C-th percentile of a number of values lies, by linear interpolation as NumPy's <c>percentile</c>: at position <c>(examples - 1) * C / 100</c>
/// of the sorted values, counted from 0. The (100 - C)-th percentile lies as far from the other end.
/// </summary>
/// <param name="Clipped">How many of the smallest values are clipped, and how many of the largest; 0 if C is 0.</param>
/// <param name="Fraction">
/// Position of the percentile between the last value that is clipped (0) and the next one (1); above 0 and at most 1. It is 1 if the percentile is one of
/// the values, and if C is 0.
/// </param>
public readonly record struct Winsorizing(int Clipped, double Fraction)
{
    /// <summary>Returns the position for <paramref name="percent"/>, at least 0 and below 50, of so many values.</summary>
    public static Winsorizing Of(int examples, int percent)
    {
        var hundredths = (examples - 1L) * percent;
        var clipped = (hundredths + 99) / 100;
        return new Winsorizing((int)clipped, (hundredths - (100 * (clipped - 1))) / 100.0);
    }
}
