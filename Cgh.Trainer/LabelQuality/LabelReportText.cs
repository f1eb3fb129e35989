using System.Globalization;
using Cgh.Core.LabelQuality;

namespace Cgh.Trainer.LabelQuality;

/// <summary>The summary of a label report as a command prints it.</summary>
internal static class LabelReportText
{
    private const int MaxPairs = 5;
    private const int MaxNotes = 10;

    /// <summary>Prints it.</summary>
    public static void Print(LabelReportInfo info)
    {
        var verb = info.Cut.Suspects == 1 ? "is" : "are";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{info.Cut.Suspects} of {info.Examples} labels {verb} probably wrong."));
        Print("Share of wrong labels", info.Cut.NoiseRate);
        if (info.Cut.Suspects > 0)
        {
            Print("Precision of the list", info.Cut.Precision);
            Print("Recall", info.Cut.Recall);
        }

        Console.WriteLine(info.Cut.Reason);
        foreach (var pair in info.Pairs.Take(MaxPairs))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {info.Classes[pair.Given].Name}, looks like {info.Classes[pair.Suggested].Name}: {pair.Suspects}"));
        }

        foreach (var entry in info.Classes.Where(entry => entry.Note is not null).Take(MaxNotes))
        {
            Console.WriteLine($"  {entry.Name}: {entry.Note}");
        }

        foreach (var note in info.Notes)
        {
            Console.WriteLine(note);
        }
    }

    private static void Print(string what, Estimate? estimate)
    {
        if (estimate is not null)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{what}, estimated: {100 * estimate.Value:F1}% ({100 * estimate.Low:F1} to {100 * estimate.High:F1}%)"));
        }
    }
}
