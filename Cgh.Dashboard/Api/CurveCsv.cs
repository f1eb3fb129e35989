using System.Globalization;
using System.Text;
using Cgh.Core.Runs;

namespace Cgh.Dashboard.Api;

/// <summary>Writes a curve as CSV, with the columns of the run folder's files.</summary>
internal static class CurveCsv
{
    /// <param name="curve">Name of the curve.</param>
    /// <param name="rows">Values in the order of its columns; each number is written so that it is read back exactly.</param>
    public static string Write(string curve, IReadOnlyList<double[]> rows)
    {
        var text = new StringBuilder(Curves.Header(curve)).Append('\n');
        foreach (var row in rows)
        {
            text.AppendJoin(',', row.Select(value => value.ToString("R", CultureInfo.InvariantCulture))).Append('\n');
        }

        return text.ToString();
    }
}
