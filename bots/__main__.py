"""`python -m bots` is `trialogue`."""

from bots.main import main

if __name__ == "__main__":
    main()
