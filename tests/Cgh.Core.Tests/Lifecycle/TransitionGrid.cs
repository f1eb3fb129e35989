using Xunit;

namespace Cgh.Core.Tests.Lifecycle;

/// <summary>An expected lifecycle table, written out: a column for each state, a row for each trigger.</summary>
internal sealed class TransitionGrid<TState, TTrigger>
    where TState : struct, Enum
    where TTrigger : struct, Enum
{
    private readonly Dictionary<(TState, TTrigger), string> _cells = [];

    public TransitionGrid(string text)
    {
        var lines = text.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Where(line => line.Length > 0)
            .ToList();
        var states = lines[0].Select(Enum.Parse<TState>).ToList();
        foreach (var line in lines.Skip(1))
        {
            Assert.Equal(states.Count + 1, line.Length);
            for (var column = 0; column < states.Count; column++)
            {
                _cells.Add((states[column], Enum.Parse<TTrigger>(line[0])), line[column + 1]);
            }
        }
    }

    /// <summary>What is expected: a state and the effects, or "-" for a refusal. Fails for a state or trigger that has no column or row.</summary>
    public string this[TState state, TTrigger trigger] => _cells.TryGetValue((state, trigger), out var cell)
        ? cell
        : throw new InvalidOperationException($"The expected table has no cell for {state} and {trigger}: say what is right, then write it down here.");

    /// <summary>Every pair of the two enumerations.</summary>
    public static TheoryData<TState, TTrigger> All =>
        [.. from state in Enum.GetValues<TState>() from trigger in Enum.GetValues<TTrigger>() select (state, trigger)];
}
