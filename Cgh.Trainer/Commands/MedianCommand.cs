using System.CommandLine;
using Cgh.Core;
using Cgh.Trainer.UpdateRules;

namespace Cgh.Trainer.Commands;

/// <summary><c>median</c>: measures the rounding error of the authors' median formula.</summary>
internal static class MedianCommand
{
    private const string Help = """
        Compares two ways to compute the median of three in float32: selecting it (exact) and a + b + c - min - max (authors).
        Prints one row per kind of data. The same count and seed give the same figures.

        Example:
          Cgh.Trainer median --count 10000000 --seed 0
        """;

    public static Command Create()
    {
        var count = new Option<int>("--count") { Description = "Number of triples of each kind.", DefaultValueFactory = _ => 10_000_000 };
        var seed = new Option<uint>("--seed") { Description = "Seed of the random numbers.", DefaultValueFactory = _ => 0 };
        var command = new Command("median", Help) { count, seed };
        command.SetAction(parse =>
        {
            var triples = parse.GetValue(count);
            if (triples is < 1 or > 1_000_000_000)
            {
                throw UserErrorException.Usage($"--count must be between 1 and 1000000000 (it is {triples}).");
            }

            Console.Write(MedianCost.Table(MedianCost.Measure(triples, parse.GetValue(seed))));
            return 0;
        });
        return command;
    }
}
